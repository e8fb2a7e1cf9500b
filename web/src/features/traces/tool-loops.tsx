// Where an agent went round in circles in this trace, and what to do about it.
import type { ToolLoop } from "@/api/contract";
import { sentence } from "@/lib/sentence";
import { Banner } from "@/ui/banner";
import { Text } from "@/ui/text";

export const ToolLoops = ({ loops }: { loops: readonly ToolLoop[] }) => (
  <>
    {loops.map((loop, index) => (
      <Banner key={index} tone="warning" icon="retry" title={`Tool loop: ${loop.kind.replaceAll("_", " ")}`}>
        <p>
          <Text>{`${sentence(loop.reason)}.`}</Text> Suggested: <Text mono>{loop.advice}</Text>.
        </p>
      </Banner>
    ))}
  </>
);
