// Every address of the UI, in one place. The one file any folder may import; it imports nothing.

export const paths = {
  home: "/",
  incidents: "/incidents",
  incident: "/incidents/$id",
  promises: "/promises",
  promise: "/promises/$name",
  run: "/runs/$id",
  services: "/services",
  service: "/services/$name",
  traces: "/traces",
  trace: "/traces/$trace",
  span: "/traces/$trace/spans/$span",
  quarantine: "/quarantine",
  status: "/status",
} as const;
