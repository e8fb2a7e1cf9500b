// Who is told first, who next, and who instead.
import type { RouteLine } from "@/api/contract";
import { span } from "@/lib/instant";
import { Text } from "@/ui/text";

type Way = Pick<RouteLine, "channels" | "escalate" | "fail_over" | "repeat_s">;

const Names = ({ channels }: { channels: readonly string[] }) => (channels.length === 0 ? <b>nobody</b> : <b><Text>{channels.join(", ")}</Text></b>);

export const Steps = ({ way: { channels, escalate, fail_over, repeat_s } }: { way: Way }) => (
  <>
    tells <Names channels={channels} />
    {escalate.map((step) => (
      <span key={step.after_s}>, after {span(step.after_s)} without an acknowledgement also <Names channels={step.channels} /></span>
    ))}
    {fail_over.length === 0 ? null : <>; if that fails, <Names channels={fail_over} /></>}
    {repeat_s === null ? null : <>; again every {span(repeat_s)}</>}.
  </>
);
