// Facts of a span that contradict each other, as they came.
import type { SpanDetail } from "@/api/contract";
import { sentence } from "@/lib/sentence";
import { Banner } from "@/ui/banner";
import { Text } from "@/ui/text";

export const SetAside = ({ quarantine }: { quarantine: SpanDetail["quarantine"] }) => (
  <>
    {quarantine.map(({ reason, detail, fields }) => (
      <Banner key={reason} tone="doubt" icon="question" title={<>Not believed: <Text mono>{reason}</Text></>}>
        <p>
        <Text>{sentence(detail)}</Text>. It came as{" "}
        {Object.entries(fields).map(([key, value], index) => (
          <span key={key}>{index > 0 ? ", " : ""}<Text mono>{key}</Text> = <span className="nums">{String(value)}</span></span>
        ))}
        . The span counts; these facts do not.
        </p>
      </Banner>
    ))}
  </>
);
