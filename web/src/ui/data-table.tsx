// Rows of like things. On a narrow screen each row becomes a small card with its column names.
import type { ReactNode } from "react";

import styles from "./data-table.module.css";

export interface Column<T> {
  key: string;
  head: string;
  cell: (row: T) => ReactNode;
  /** Numbers stand to the right. */
  number?: boolean;
  /** Names the row: a row header for assistive technology. */
  heading?: boolean;
}

interface Props<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T, index: number) => string;
}

// The roles repeat what the elements say, because `display: block` on a narrow screen would take it away.
export const DataTable = <T,>({ caption, columns, rows, keyOf }: Props<T>) => (
  <table className={styles.table} role="table">
    <caption className="visually-hidden">{caption}</caption>
    <thead role="rowgroup">
      <tr role="row">
        {columns.map(({ key, head, number }) => (
          <th key={key} scope="col" role="columnheader" data-number={number}>
            {head}
          </th>
        ))}
      </tr>
    </thead>
    <tbody role="rowgroup">
      {rows.map((row, index) => (
        <tr key={keyOf(row, index)} role="row">
          {columns.map(({ key, head, cell, number, heading }) =>
            heading ? (
              <th key={key} scope="row" role="rowheader" data-head={head}>
                {cell(row)}
              </th>
            ) : (
              <td key={key} role="cell" data-number={number} data-head={head}>
                {cell(row)}
              </td>
            ),
          )}
        </tr>
      ))}
    </tbody>
  </table>
);
