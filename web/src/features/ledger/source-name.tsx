// Who paged: a policy or a promise by a link to its page, or the kind of a finding that no file declares.
import { Link } from "@tanstack/react-router";

import type { LedgerAccount } from "@/api/contract";
import { paths } from "@/app/paths";
import { Text } from "@/ui/text";

export const SourceName = ({ source: { type, name } }: { source: LedgerAccount["source"] }) => {
  if (type === "policy") return <Link to={paths.policy} params={{ name }}><Text mono>{name}</Text></Link>;
  if (type === "promise") return <Link to={paths.promise} params={{ name }}><Text mono>{name}</Text></Link>;
  return <Text>{name.replaceAll("_", " ")}</Text>;
};
