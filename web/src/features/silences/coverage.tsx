// What matchers cover now and would have covered lately: looked at before anything is silenced.
import { Link } from "@tanstack/react-router";

import type { SilencePreview } from "@/api/contract";
import { paths } from "@/app/paths";
import { counted } from "@/lib/quantity";
import { Banner } from "@/ui/banner";
import { Disclosure } from "@/ui/disclosure";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import styles from "./silences.module.css";

type Covered = SilencePreview["now"][number];

const List = ({ label, covered }: { label: string; covered: readonly Covered[] }) => (
  <ul aria-label={label} className={styles.covered}>
    {covered.map(({ id, title, severity, opened_at, whole }) => (
      <li key={id}>
        {severity}:{" "}
        <Link to={paths.incident} params={{ id }}><Text>{title}</Text></Link>{" "}
        <span className="quiet">
          <TimeAgo at={opened_at} />
          {whole ? null : ", only some of its parts: it is told all the same"}
        </span>
      </li>
    ))}
  </ul>
);

export const Coverage = ({ preview }: { preview: SilencePreview }) => (
  <div className={styles.preview} role="status" aria-label="What it covers">
    {preview.critical === 0 ? null : (
      <Banner tone="critical" icon="octagon" title={`${counted(preview.critical, "critical incident")} among them: look twice`} />
    )}
    <p>
      {preview.now.length === 0 ? "Nothing that is open now." : <><b>{counted(preview.now.length, "open incident")}</b> now.</>}
    </p>
    {preview.now.length === 0 ? null : <List label="Covered now" covered={preview.now} />}
    <p>
      In the last {preview.days} days it would have covered {counted(preview.now.length + preview.before.length, "incident")} and held back {counted(preview.notices, "notice")}.
      {preview.not_looked_at ? " There were more incidents than one preview looks at." : null}
    </p>
    {preview.before.length === 0 ? null : (
      <Disclosure summary={`${counted(preview.before.length, "incident")} before`}>{() => <List label="Covered before" covered={preview.before} />}</Disclosure>
    )}
  </div>
);
