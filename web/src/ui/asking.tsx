// A button that gives way to a form, and takes the keyboard back when the form is left.
import { Button } from "@mantine/core";
import { useState, type ReactNode } from "react";

interface Props {
  label: string;
  primary?: boolean;
  children: (leave: () => void) => ReactNode;
}

export const Asking = ({ label, primary = false, children }: Props) => {
  const [asking, setAsking] = useState<"not yet" | "now" | "left">("not yet");
  if (asking === "now") return children(() => setAsking("left"));
  return (
    <div>
      <Button size="sm" variant={primary ? "filled" : "default"} autoFocus={asking === "left"} onClick={() => setAsking("now")}>
        {label}
      </Button>
    </div>
  );
};
