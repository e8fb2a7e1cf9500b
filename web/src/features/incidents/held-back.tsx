// Why nobody is told of an incident: said first, because a quiet phone must not be read as good news.
import { Link } from "@tanstack/react-router";

import type { Incident, Suppression } from "@/api/contract";
import { paths } from "@/app/paths";
import { sentence } from "@/lib/sentence";
import { Banner } from "@/ui/banner";
import { Instant } from "@/ui/instant";
import { Text } from "@/ui/text";

import { HELD_BY } from "./suppression-words";

const By = ({ suppression: { kind, by } }: { suppression: Suppression }) => {
  if (kind === "inhibited" || kind === "merged") {
    return <Link to={paths.incident} params={{ id: by }}>{HELD_BY[kind]}</Link>;
  }
  if (kind === "silence" || kind === "maintenance") {
    return <><Link to={paths.silences}>{HELD_BY[kind]}</Link> <Text mono>{by}</Text></>;
  }
  return <Link to={paths.routes}>{HELD_BY[kind]}</Link>;
};

export const HeldBack = ({ incident: { suppression, state } }: { incident: Incident }) =>
  suppression === null || state === "resolved" ? null : (
    <Banner tone="warning" icon="dash" title={<>Nobody is told of it now: it is held back by <By suppression={suppression} /></>}>
      <p>
        {suppression.reason === "" ? null : <><Text>{sentence(suppression.reason)}</Text>. </>}
        {suppression.until === null ? "It is told once that ends" : <>Until <Instant at={suppression.until} />, then it is told</>} if it is still open. The timeline says since when.
      </p>
    </Banner>
  );
