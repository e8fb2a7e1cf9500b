// The generated schema in, the nouns the screens use out. Types are taken by address, so they follow the server's document.
import type { paths } from "./schema";

type Json<R> = R extends { content: { "application/json": infer T } } ? T : never;

/** What a successful answer of one operation holds. */
export type Answer<P extends keyof paths, M extends "get" | "post"> =
  paths[P] extends Record<M, { responses: infer R }>
    ? Json<R extends { 200: infer T } ? T : R extends { 201: infer T } ? T : R extends { 202: infer T } ? T : never>
    : never;

export type IncidentSummary = Answer<"/v1/incidents", "get">["incidents"][number];
export type Incident = Answer<"/v1/incidents/{incident}", "get">;
export type Severity = IncidentSummary["severity"];
export type IncidentState = IncidentSummary["state"];
export type Measure = NonNullable<Incident["measure"]>;
export type Exemplar = Incident["exemplars"][number];
export type Fact = Incident["evidence"][number];
export type Stage = Incident["stages"][number];
export type TimelineEntry = Incident["timeline"][number];
export type Delivery = Incident["deliveries"][number];

export type Handoff = Answer<"/v1/incidents/{incident}/handoff", "get">;
export type ActionView = Handoff["actions"][number];
export type ActionRecord = Handoff["history"][number];
export type ActionPreview = Answer<"/v1/incidents/{incident}/actions/{action}/preview", "post">;

export type PromiseSummary = Answer<"/v1/promises", "get">["promises"][number];
export type PromiseDetail = Answer<"/v1/promises/{name}", "get">;
export type Slot = PromiseDetail["recent_slots"][number];
export type PromiseVersion = Answer<"/v1/promises/{name}/versions", "get">["versions"][number];
export type DrillList = Answer<"/v1/drills", "get">;
export type Drill = DrillList["drills"][number];
export type Fault = Drill["fault"];
export type Standing = PromiseSummary["state"];
export type RunSummary = Answer<"/v1/runs", "get">["runs"][number];
export type Run = Answer<"/v1/runs/{run}", "get">;
export type Verdict = RunSummary["verdict"];
export type Item = Answer<"/v1/runs/{run}/items", "get">["items"][number];
export type ItemState = Item["state"];

export type ServiceSummary = Answer<"/v1/services", "get">["services"][number];
export type Window = Answer<"/v1/services/{name}/window", "get">;
export type Share = Window["unsafe"];
export type Quantiles = Window["ttft"];
export type Series = Answer<"/v1/services/{name}/series", "get">;

export type Span = Answer<"/v1/spans", "get">["spans"][number];
export type SpanKind = Span["kind"];
export type Trace = Answer<"/v1/traces/{trace}", "get">;
export type TraceSpan = Trace["spans"][number];
export type ToolLoop = Trace["loops"][number];
export type SpanDetail = Answer<"/v1/traces/{trace}/spans/{span}", "get">;
export type SpanFact = SpanDetail["facts"][number];

export type QuarantinedItem = Answer<"/v1/quarantine", "get">["quarantine"][number];
export type QuarantineReason = Answer<"/v1/quarantine", "get">["reasons"][number];
export type Status = Answer<"/v1/status", "get">;
export type Conservation = Answer<"/v1/conservation", "get">;
export type ServiceAccount = Conservation["services"][number];
export type LaneBalance = Conservation["lanes"][number];
export type Session = Answer<"/v1/session", "get">;

export type PolicySummary = Answer<"/v1/policies", "get">["policies"][number];
export type Policy = Answer<"/v1/policies/{name}", "get">;
export type Alert = Policy["alerts"][number];
export type Trial = Answer<"/v1/trials", "get">["trials"][number];
export type TrialKind = Trial["kind"];
export type Backtest = NonNullable<Trial["backtest"]>;
export type Prediction = Backtest["now"];
export type Rate = Prediction["total"];
export type Calibration = NonNullable<Trial["calibration"]>;
export type AlertLedger = Answer<"/v1/alert-ledger", "get">;
export type LedgerAccount = AlertLedger["accounts"][number];

export type IncidentChanges = Answer<"/v1/incidents/{incident}/changes", "get">;
export type Marks = Answer<"/v1/incidents/{incident}/marks", "get">;
export type PageMark = Marks["marks"][number]["mark"];
export type Suppression = NonNullable<IncidentSummary["suppression"]>;

export type SilenceList = Answer<"/v1/silences", "get">;
export type Silence = SilenceList["silences"][number];
export type MaintenanceWindow = SilenceList["maintenance"][number];
export type SilencePreview = Answer<"/v1/silences/preview", "post">;

export type RouteTree = Answer<"/v1/routes", "get">;
export type RouteLine = RouteTree["routes"][number];
export type ChannelReach = RouteTree["channels"][number];
export type ReachState = ChannelReach["state"];
export type RoutePreview = Answer<"/v1/routes/preview", "get">;
