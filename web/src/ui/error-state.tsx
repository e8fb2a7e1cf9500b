// A request that failed and nothing older to show: what went wrong, and a way to try again.
import { Button } from "@mantine/core";

import { ApiError } from "@/api/api-error";

import styles from "./notice.module.css";
import { Text } from "./text";

interface Props {
  error: Error;
  /** What was asked for: "the incident". */
  what: string;
  retry?: (() => void) | undefined;
}

export const ErrorState = ({ error, what, retry }: Props) => {
  const details = error instanceof ApiError ? error.details : [];
  const status = error instanceof ApiError ? error.status : null;
  return (
    <div className={styles.error} role="alert">
      <p className={styles.title}>{status === 404 ? `Outproof doesn't know ${what}` : `Outproof couldn't load ${what}`}</p>
      <div className={styles.text}>
        <Text>{error.message}</Text>
        {details.length > 0 ? (
          <ul>
            {details.map((detail, index) => (
              <li key={index}>
                <Text>{detail}</Text>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
      {retry ? (
        <Button size="xs" variant="default" onClick={retry}>
          Try again
        </Button>
      ) : null}
    </div>
  );
};
