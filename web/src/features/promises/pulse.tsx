// A promise without runs: when its newest sign of life came, and when it will be too old.
import type { PromiseDetail } from "@/api/contract";
import { Fact, Facts } from "@/ui/fact";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

interface Props {
  pulse: NonNullable<PromiseDetail["pulse"]>;
  mode: PromiseDetail["mode"];
}

export const Pulse = ({ pulse, mode }: Props) => (
  <Section title={mode === "heartbeat" ? "Heartbeat" : "Freshness"}>
    <Facts>
      <Fact label={mode === "heartbeat" ? "Last beat" : "Newest output"}><TimeAgo at={pulse.newest_at} absent="none" /></Fact>
      <Fact label="Stale"><TimeAgo at={pulse.stale_at} absent="none" /></Fact>
      <Fact label="Listening"><TimeAgo at={pulse.since} /></Fact>
      {mode === "freshness" ? <Fact label="Last look" wide><Text>{pulse.detail}</Text></Fact> : null}
    </Facts>
  </Section>
);
