// Views worth coming back to, by name. They stay in this browser; the address is what is shared.
import { Button, TextInput } from "@mantine/core";
import { Link, useRouter } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";

import type { SpansAsked } from "@/api/list-spans";
import { paths } from "@/app/paths";
import { forgotten, NAME_CHARS_MAX, saved, savedLinks } from "@/lib/saved-links";
import { visible } from "@/lib/visible-text";
import { Icon } from "@/ui/icon";
import { Text } from "@/ui/text";

import { searchOf, type Search } from "./asked";
import styles from "./filters.module.css";

export const SavedLinks = ({ asked }: { asked: SpansAsked }) => {
  const { options } = useRouter();
  const [links, setLinks] = useState(savedLinks);
  const [name, setName] = useState("");
  const keep = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (name.trim() === "") return;
    setLinks(saved({ name: name.trim(), search: options.stringifySearch({ ...searchOf(asked) }) }));
    setName("");
  };
  return (
    <>
      {links.length === 0 ? null : (
        <ul className={styles.chips} aria-label="Saved views">
          {links.map((link) => (
            <li key={link.name} className={styles.chip}>
              <Link to={paths.traces} search={options.parseSearch(link.search) as Search} activeProps={{ "aria-current": undefined }}>
                <Text>{link.name}</Text>
              </Link>
              <button type="button" className={styles.forget} onClick={() => setLinks(forgotten(link.name))} aria-label={`Forget the view ${visible(link.name)}`}>
                <Icon name="cross" size={12} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <form className={styles.form} onSubmit={keep} aria-label="Save this view">
        <TextInput className={styles.value} label="Save this view as" size="xs" maxLength={NAME_CHARS_MAX} autoComplete="off" value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Button type="submit" size="xs" variant="default" disabled={name.trim() === ""}>
          Save
        </Button>
      </form>
    </>
  );
};
