// The shape of what is on its way.
import { Skeleton } from "@mantine/core";

import styles from "./loading.module.css";

export const Loading = ({ what, rows = 4 }: { what: string; rows?: number }) => (
  <div className={styles.loading} role="status">
    <span className="visually-hidden">Loading {what}</span>
    {Array.from({ length: rows }, (_, index) => (
      <Skeleton key={index} height={index === 0 ? 28 : 52} width={index === 0 ? "38%" : "100%"} radius={6} />
    ))}
  </div>
);
