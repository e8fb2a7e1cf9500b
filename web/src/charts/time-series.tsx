// Values over time: a titled chart with a legend that reads the hovered instant, and the same numbers as a table.
import { lazy, memo, Suspense, useCallback, useMemo, useState } from "react";

import { utc } from "@/lib/instant";

import type { Line } from "./plot";
import styles from "./time-series.module.css";

const Plot = lazy(() => import("./plot").then(({ Plot }) => ({ default: memo(Plot) })));

interface Props {
  title: string;
  atMs: readonly number[];
  lines: readonly Line[];
  format: (value: number) => string;
}

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** "Answers: 0 to 12, newest 3" for those who can't see the curve. */
const summary = ({ lines, format }: Props): string =>
  lines
    .map(({ label, values }) => {
      const numbers = known(values);
      const newest = numbers.at(-1);
      if (newest === undefined) return `${label}: no data`;
      return `${label}: ${format(Math.min(...numbers))} to ${format(Math.max(...numbers))}, newest ${format(newest)}`;
    })
    .join("; ");

const Numbers = ({ title, atMs, lines, format }: Props) => (
  <div className={styles.scroll} tabIndex={0} role="region" aria-label={`${title}, table`}>
    <table>
      <thead>
        <tr>
          <th scope="col">Start</th>
          {lines.map(({ label }) => (
            <th key={label} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {atMs.map((ms, index) => (
          <tr key={ms}>
            <th scope="row">{utc(ms)}</th>
            {lines.map(({ label, values }) => {
              const value = values[index];
              return <td key={label}>{value == null ? <span className="quiet">no data</span> : format(value)}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

export const TimeSeries = (props: Props) => {
  const { title, atMs, lines, format } = props;
  const [asTable, setAsTable] = useState(false);
  const [hovered, setHovered] = useState<number | null>(null);
  const onHover = useCallback((index: number | null) => setHovered(index), []);
  const drawn = useMemo(() => ({ atMs, lines, format, onHover }), [atMs, lines, format, onHover]);
  const hoveredMs = hovered === null ? undefined : atMs[hovered];
  const empty = lines.every(({ values }) => known(values).length === 0);
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>
        <span className={styles.title}>{title}</span>
        {hoveredMs === undefined ? null : <span className="quiet nums">{utc(hoveredMs)}</span>}
        <span className={styles.legend}>
          {lines.map(({ label, ink, values, dashed }) => {
            const value = hovered === null ? undefined : values[hovered];
            return (
              <span key={label} className={styles.key} data-ink={ink} data-dashed={dashed}>
                {label}
                {hovered === null ? null : <b className="nums"> {value == null ? "no data" : format(value)}</b>}
              </span>
            );
          })}
        </span>
        <span className="visually-hidden">{summary(props)}</span>
      </figcaption>
      {empty ? (
        <p className={styles.empty}>no data in this window</p>
      ) : (
        <>
          <Suspense fallback={<div className={styles.placeholder} />}>
            <Plot {...drawn} />
          </Suspense>
          <button type="button" className={styles.toggle} aria-expanded={asTable} onClick={() => setAsTable(!asTable)}>
            {asTable ? "Hide the table" : "Show as a table"}
            <span className="visually-hidden">: {title}</span>
          </button>
          {asTable ? <Numbers {...props} /> : null}
        </>
      )}
    </figure>
  );
};
