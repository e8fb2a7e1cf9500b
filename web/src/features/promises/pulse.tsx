// A promise without runs: when its newest sign of life came, and when it will be too old.
import type { PromiseDetail } from "@/api/contract";
import { Fact, Facts } from "@/ui/fact";
import { Instant } from "@/ui/instant";
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
      <Fact label={mode === "heartbeat" ? "Last beat" : "Newest output"}>
        {pulse.newest_at === null ? <span className="quiet">none so far</span> : <TimeAgo at={pulse.newest_at} />}
      </Fact>
      <Fact label={mode === "heartbeat" ? "Next beat needed by" : "Fresh until"}>
        {pulse.stale_at === null ? (
          <span className="quiet">it is stale, or nothing is expected</span>
        ) : (
          <>
            <Instant at={pulse.stale_at} /> (<TimeAgo at={pulse.stale_at} focusable={false} />)
          </>
        )}
      </Fact>
      <Fact label="Watched since">
        <TimeAgo at={pulse.since} />
      </Fact>
      {pulse.detail === null ? null : (
        <Fact label="What the last look saw" wide>
          <Text>{pulse.detail}</Text>
        </Fact>
      )}
    </Facts>
  </Section>
);
