// Every channel with the age of its last proof of delivery, the dead ones first, and why that is known.
import type { ChannelReach } from "@/api/contract";
import { span } from "@/lib/instant";
import { sentence } from "@/lib/sentence";
import { Empty } from "@/ui/empty";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import { REACH_STATES, ReachBadge } from "./reach-badge";
import styles from "./routes.module.css";
import { TestChannel } from "./test-channel";

const worstFirst = (channels: readonly ChannelReach[]): ChannelReach[] =>
  [...channels].sort((one, other) => REACH_STATES.indexOf(one.state) - REACH_STATES.indexOf(other.state));

const Proof = ({ channel }: { channel: ChannelReach }) => (
  <p>
    {channel.accepted_at === null ? (
      "It never accepted anything."
    ) : (
      <>
        Last accepted <TimeAgo at={channel.accepted_at} />
        {channel.accepted_kind === null ? null : <span className="quiet"> ({channel.accepted_kind === "canary" ? "a test" : `incident ${channel.accepted_kind}`})</span>}.
      </>
    )}{" "}
    <span className="quiet">
      {channel.canary_every_s === null ? "It is never tested by itself" : `Tested every ${span(channel.canary_every_s)}`}
      {channel.proof_limit_s === null ? null : `, dead after ${span(channel.proof_limit_s)} without a proof`}.
    </span>
  </p>
);

const Line = ({ channel }: { channel: ChannelReach }) => (
  <li className={styles.channel} data-state={channel.state}>
    <div className={styles.head}>
      <b><Text mono>{channel.channel}</Text></b> <ReachBadge state={channel.state} />
    </div>
    <Proof channel={channel} />
    {channel.reason === "" ? null : <p className="quiet"><Text>{`${sentence(channel.reason)}.`}</Text></p>}
    {channel.failed_at === null ? null : (
      <p className="quiet">
        Last failed <TimeAgo at={channel.failed_at} />: <Text>{channel.failed_detail}</Text>
      </p>
    )}
    <TestChannel channel={channel.channel} />
  </li>
);

export const Channels = ({ channels }: { channels: readonly ChannelReach[] }) =>
  channels.length === 0 ? (
    <Empty title="Nobody can be told">
      No channel is declared. Add one under <code className="mono">channels</code> in the configuration file and name it in <code className="mono">routes</code>.
    </Empty>
  ) : (
    <Section title="Channels" side="dead ones first" flush>
      <ul>{worstFirst(channels).map((channel) => <Line key={channel.channel} channel={channel} />)}</ul>
    </Section>
  );
