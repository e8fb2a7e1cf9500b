// The conditions in the address, each with a way to drop it.
import { Link } from "@tanstack/react-router";

import type { SpansAsked } from "@/api/list-spans";
import { paths } from "@/app/paths";
import { factNamed, parsed, saying } from "@/lib/condition";
import { visible } from "@/lib/visible-text";
import { Icon } from "@/ui/icon";
import { Text } from "@/ui/text";

import { searchOf, withoutCondition } from "./asked";
import styles from "./filters.module.css";

/** A condition as people read it; what is none is shown as it stands in the address. */
export const conditionWords = (text: string): string => {
  const condition = parsed(text);
  return condition === null ? text : `${factNamed(condition.fact).label} ${saying(condition)}`;
};

export const FilterChips = ({ asked }: { asked: SpansAsked }) =>
  asked.where.length === 0 ? null : (
    <ul className={styles.chips} aria-label="Conditions, all of which hold">
      {asked.where.map((each) => (
        <li key={each} className={styles.chip}>
          <span>
            <Text>{conditionWords(each)}</Text>
          </span>
          <Link
            to={paths.traces}
            search={searchOf(withoutCondition(asked, each))}
            className={styles.remove}
            activeProps={{ "aria-current": undefined }}
            aria-label={`Remove: ${visible(conditionWords(each))}`}
          >
            <Icon name="cross" size={12} />
          </Link>
        </li>
      ))}
    </ul>
  );
