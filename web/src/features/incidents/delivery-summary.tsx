// Whether anybody was told: the worst delivery state first.
import type { IncidentSummary } from "@/api/contract";
import { Badge } from "@/ui/badge";

export const DeliverySummary = ({ deliveries }: { deliveries: IncidentSummary["deliveries"] }) => {
  const { accepted, retrying, failed, queued } = deliveries;
  const told = accepted > 0 ? `, ${accepted} delivered` : "";
  if (failed > 0) return <Badge tone="critical" icon="cross">{`${failed} failed${told}`}</Badge>;
  if (retrying > 0) return <Badge tone="warning" icon="retry">{`${retrying} retrying${told}`}</Badge>;
  if (queued > 0) return <Badge tone="neutral" icon="dots">{`${queued} queued${told}`}</Badge>;
  if (accepted > 0) return <Badge tone="good" icon="send">{`${accepted} delivered`}</Badge>;
  return <Badge tone="doubt" icon="question">nobody notified</Badge>;
};
