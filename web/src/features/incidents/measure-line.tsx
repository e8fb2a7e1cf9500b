// What was measured against which limit, over which window.
import type { Measure } from "@/api/contract";
import { count, plain } from "@/lib/quantity";
import { Instant } from "@/ui/instant";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

import styles from "./measure-line.module.css";

const Value = ({ value }: { value: number | null }) => (value == null ? <Unknown word="no data" /> : <b>{plain(value)}</b>);

export const MeasureLine = ({ measure }: { measure: Measure }) => (
  <p className={styles.measure}>
    <Text>{measure.text}</Text>
    <span className="nums">
      {measure.denominator == null ? (
        <>
          value <Value value={measure.value} />
        </>
      ) : (
        <b>
          {count(measure.numerator) ?? <Unknown />} of {count(measure.denominator)}
        </b>
      )}
      , limit <Value value={measure.limit} />
    </span>
    <span>
      window <Instant at={measure.window.start} clock /> to <Instant at={measure.window.end} clock />
    </span>
  </p>
);
