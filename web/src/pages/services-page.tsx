// Every service that answers.
import { useQuery } from "@tanstack/react-query";

import { servicesQuery } from "@/api/list-services";
import { ServiceList } from "@/features/services/service-list";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";

export const ServicesPage = () => {
  const query = useQuery(servicesQuery);
  return (
    <Page title="Services" lead="What sent answers or model calls in the last 24 hours.">
      <Loaded query={query} what="the services">
        {({ services }) =>
          services.length === 0 ? (
            <Empty title="No service reported in the last 24 hours">
              That is no data, not good news. Point an OpenTelemetry exporter at{" "}
              <code className="mono">{window.location.origin}/v1/traces</code>.
            </Empty>
          ) : (
            <Section title="Last 24 hours" flush>
              <ServiceList services={services} />
            </Section>
          )
        }
      </Loaded>
    </Page>
  );
};
