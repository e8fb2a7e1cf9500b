// Whether the configuration files are in force as they are now, and what waits for a restart.
import type { Status } from "@/api/contract";
import { Banner } from "@/ui/banner";
import { Instant } from "@/ui/instant";
import { Text } from "@/ui/text";

import styles from "./configuration.module.css";

type Configuration = Status["configuration"];

/** Nothing while all that is written is in force. */
export const ConfigurationTroubles = ({ configuration: { error, loaded_at, needs_restart } }: { configuration: Configuration }) => (
  <>
    {error === null ? null : (
      <Banner tone="critical" icon="octagon" title="The configuration files are not in force.">
        <p>
          What was loaded at <Instant at={loaded_at} /> still is. Repair the files; the server reads them again by itself.
        </p>
        <pre className={styles.error} tabIndex={0} aria-label="What is wrong with the files">
          <Text>{error}</Text>
        </pre>
      </Banner>
    )}
    {needs_restart.length === 0 ? null : (
      <Banner tone="warning" icon="retry" title="Some changes wait for a restart of the server.">
        <p>
          Sections: <Text mono>{needs_restart.join(", ")}</Text>
        </p>
      </Banner>
    )}
  </>
);
