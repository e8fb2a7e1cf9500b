// The exemplars of an incident: the first laid open, the others one press away.
import type { Exemplar } from "@/api/contract";
import { counted } from "@/lib/quantity";
import { Disclosure } from "@/ui/disclosure";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

import { ExemplarFacts } from "./exemplar-facts";
import styles from "./exemplars.module.css";

export const Exemplars = ({ exemplars }: { exemplars: readonly Exemplar[] }) => {
  const [first, ...others] = exemplars;
  if (!first) return null;
  return (
    <Section title="Exemplar" side={others.length > 0 ? `${counted(others.length, "more exemplar")} below` : undefined}>
      <ExemplarFacts exemplar={first} />
      {others.map((other) => (
        <div key={other.span_id} className={styles.other}>
          <Disclosure
            summary={
              <>
                <Text mono>{other.request_id}</Text>{" "}
                <span className="quiet">
                  <Text mono>{other.template_id}</Text>, failed first at <Text mono>{other.first_failed_stage}</Text>
                </span>
              </>
            }
          >
            {() => <ExemplarFacts exemplar={other} />}
          </Disclosure>
        </div>
      ))}
    </Section>
  );
};
