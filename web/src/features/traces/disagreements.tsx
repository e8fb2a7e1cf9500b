// What an agent or a workflow says of its calls, where the calls themselves say otherwise.
import { Link } from "@tanstack/react-router";

import type { Trace } from "@/api/contract";
import { paths } from "@/app/paths";
import { counted } from "@/lib/quantity";
import { Banner } from "@/ui/banner";
import { Text } from "@/ui/text";

export const Disagreements = ({ trace }: { trace: Trace }) => (
  <>
    {trace.disagreements.map(({ span_id, name, field, said, counted: sum, calls }) => (
      <Banner key={`${span_id} ${field}`} tone="doubt" icon="question" title="Token totals disagree">
        <p>
          <Link to={paths.span} params={{ trace: trace.trace_id, span: span_id }} search={{ at: trace.start }}>
            <Text>{name}</Text>
          </Link>{" "}
          says {said.toLocaleString("en")} {field.replaceAll("_", " ")}, and its {counted(calls, "call")} add up to {sum.toLocaleString("en")}. The calls are what
          is counted.
        </p>
      </Banner>
    ))}
  </>
);
