// Leave: the session ends on the server too.
import { Button } from "@mantine/core";

import { useDeleteSession } from "@/api/delete-session";

export const SignOut = () => {
  const session = useDeleteSession();
  return (
    <Button size="compact-sm" variant="default" loading={session.isPending} onClick={() => session.mutate()}>
      Sign out
    </Button>
  );
};
