// One answer that shows the breach, with every decision field it carried.
import { Link } from "@tanstack/react-router";

import type { Exemplar } from "@/api/contract";
import { paths } from "@/app/paths";
import { count, duration } from "@/lib/quantity";
import { Badge } from "@/ui/badge";
import { CopyableId } from "@/ui/copyable-id";
import { Fact, Facts } from "@/ui/fact";
import { Instant } from "@/ui/instant";
import { Money } from "@/ui/money";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

const Unsafe = ({ served }: { served: boolean | null | undefined }) => {
  if (served == null) return <Unknown />;
  return served ? (
    <Badge tone="critical" icon="octagon">yes, served</Badge>
  ) : (
    <Badge tone="good" icon="tick">no</Badge>
  );
};

const Tokens = ({ exemplar }: { exemplar: Exemplar }) => (
  <span className="nums">
    {count(exemplar.input_tokens) ?? <Unknown />} in ({count(exemplar.cached_input_tokens) ?? <Unknown />} cached),{" "}
    {count(exemplar.output_tokens) ?? <Unknown />} out
  </span>
);

export const ExemplarFacts = ({ exemplar }: { exemplar: Exemplar }) => (
  <Facts>
    <Fact label="Request id"><CopyableId id={exemplar.request_id} what="request id" /></Fact>
    <Fact label="Unsafe claim served"><Unsafe served={exemplar.unsafe_claim_served} /></Fact>
    <Fact label="First failed stage"><Text mono>{exemplar.first_failed_stage}</Text></Fact>
    <Fact label="Template"><Text mono>{exemplar.template_id}</Text></Fact>
    <Fact label="Evidence version"><Text mono>{exemplar.evidence_version}</Text></Fact>
    <Fact label="Route"><Text mono>{exemplar.route}</Text></Fact>
    <Fact label="Case"><Text mono>{exemplar.case_id}</Text></Fact>
    <Fact label="Model">
      <Text mono>{exemplar.model}</Text>
      {exemplar.provider == null ? null : <span className="quiet"> at <Text>{exemplar.provider}</Text></span>}
    </Fact>
    <Fact label="Tokens"><Tokens exemplar={exemplar} /></Fact>
    <Fact label="Time to first token">{duration(exemplar.ttft_s)}</Fact>
    <Fact label="Total time">{duration(exemplar.duration_s)}</Fact>
    <Fact label="Cost"><Money nanoUsd={exemplar.cost_nano_usd} rateCard={exemplar.rate_card} /></Fact>
    <Fact label="Service"><Text mono>{exemplar.service}</Text></Fact>
    <Fact label="Answered at"><Instant at={exemplar.at} /></Fact>
    <Fact label="Trace id" wide><CopyableId id={exemplar.trace_id} what="trace id" /></Fact>
    <Fact label="Span id"><CopyableId id={exemplar.span_id} what="span id" /></Fact>
    <Fact label="More">
      <Link to={paths.span} params={{ trace: exemplar.trace_id, span: exemplar.span_id }} search={{ at: exemplar.at }}>all it says</Link>,{" "}
      <Link to={paths.trace} params={{ trace: exemplar.trace_id }} search={{ at: exemplar.at }}>its trace</Link>
    </Fact>
  </Facts>
);
