// A proposal to demote who paged mostly for nothing: why, and what to do if you agree. Nothing applies it by itself.
import { Link } from "@tanstack/react-router";

import type { LedgerAccount } from "@/api/contract";
import { paths } from "@/app/paths";
import { sentence } from "@/lib/sentence";
import { Banner } from "@/ui/banner";
import { Text } from "@/ui/text";

import { proposed } from "./account";
import { SourceName } from "./source-name";

interface Props {
  source: LedgerAccount["source"];
  demotion: NonNullable<LedgerAccount["demotion"]>;
  /** Among others: says whose proposal it is, and where to look further. */
  named?: boolean;
}

const WhatToDo = ({ source: { type, name }, named }: Pick<Props, "source" | "named">) => {
  if (type === "other") {
    return (
      <>
        who is told of it is decided by the <Link to={paths.routes}>routes</Link>, where <Text mono>{`kind="${name}"`}</Text> matches it.
      </>
    );
  }
  return (
    <>
      change the {type} in its file if you agree.
      {named && type === "policy" ? (
        <>
          {" "}
          Another limit may be enough: <Link to={paths.policy} params={{ name }}>calibrate it on its page</Link>.
        </>
      ) : null}
    </>
  );
};

export const Demotion = ({ source, demotion, named = false }: Props) => (
  <Banner
    tone="warning"
    icon="triangle"
    title={<>{named ? <SourceName source={source} /> : "Proposed"}: {proposed(source.type, demotion)}</>}
  >
    <p><Text>{`${sentence(demotion.reason)}.`}</Text></p>
    <p>Nothing changes by itself: <WhatToDo source={source} named={named} /></p>
  </Banner>
);
