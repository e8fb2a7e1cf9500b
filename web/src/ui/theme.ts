// What Mantine must know in code; everything it can take from CSS stands in mantine.css.
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const ink: MantineColorsTuple = [
  "#eef5fb", "#dbe8f4", "#b3d0e9", "#88b6df", "#64a0d6",
  "#4d92d0", "#3f8bce", "#2f74b5", "#17568f", "#0d4577",
];

export const theme = createTheme({ colors: { ink }, primaryColor: "ink", primaryShade: { light: 8, dark: 7 } });
