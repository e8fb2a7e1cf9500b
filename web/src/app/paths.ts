// Every address of the UI, in one place. The one file any folder may import; it imports nothing.

export const paths = {
  home: "/",
  incidents: "/incidents",
  incident: "/incidents/$id",
  silences: "/silences",
  routes: "/routes",
  alertLedger: "/alert-ledger",
  policies: "/policies",
  policy: "/policies/$name",
  promises: "/promises",
  promise: "/promises/$name",
  run: "/runs/$id",
  services: "/services",
  service: "/services/$name",
  traces: "/traces",
  trace: "/traces/$trace",
  span: "/traces/$trace/spans/$span",
  quarantine: "/quarantine",
  conservation: "/conservation",
  status: "/status",
} as const;
