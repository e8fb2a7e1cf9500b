// What must hold, how each policy stands, and what is weak about it.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { statusQuery } from "@/api/get-status";
import { policiesQuery } from "@/api/list-policies";
import { paths } from "@/app/paths";
import { PolicyCard } from "@/features/policies/policy-card";
import { worstFirst } from "@/features/policies/policy-words";
import { Warnings } from "@/features/promises/warnings";
import { ConfigurationTroubles } from "@/features/status/configuration";
import { ListStack } from "@/ui/columns";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";

/** The page of a name that nobody declares, where a policy can be tried as text. */
const NOT_IN_FORCE = "not-in-force";

const NoPolicies = () => (
  <Empty title="No policies yet">
    <p>
      Write one into the configuration file: what must hold, over which window, and whose it is. The server reads the file again by
      itself; <code className="mono">outproof lint</code> says what is weak about it, and <code className="mono">outproof backtest</code> how
      often it would have paged.
    </p>
  </Empty>
);

export const PoliciesPage = () => {
  const policies = useQuery(policiesQuery);
  const configuration = useQuery(statusQuery).data?.configuration;
  return (
    <Page
      title="Policies"
      lead="What must hold of all answers together. What needs somebody comes first, then what cannot see its data."
      side={<Link to={paths.policy} params={{ name: NOT_IN_FORCE }}>Try one that is not in force</Link>}
    >
      {configuration === undefined ? null : <ConfigurationTroubles configuration={configuration} />}
      <Loaded query={policies} what="the policies">
        {(data) =>
          data.policies.length === 0 ? (
            <NoPolicies />
          ) : (
            <ListStack>
              {worstFirst(data.policies).map((policy) => (
                <PolicyCard key={policy.name} policy={policy} warnings={<Warnings warnings={policy.warnings} />} />
              ))}
            </ListStack>
          )
        }
      </Loaded>
    </Page>
  );
};
