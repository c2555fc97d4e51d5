// Reads HTML from standard input; writes what html-validate finds wrong with it, one line each.
import { readFileSync } from "node:fs";
import { HtmlValidate } from "html-validate";

const checker = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: {
    // Matters of taste, not of HTML.
    "long-title": "off",
    "no-trailing-whitespace": "off",
    "no-inline-style": "error",
    "void-style": "off",
    "attr-quotes": "off",
    "require-sri": "off", // nothing comes from another host
    "wcag/h30": "off", // axe looks at names of links in the rendered page
    "prefer-native-element": "off",
    "no-implicit-button-type": "off", // in a form, a button submits: as it should
    "no-redundant-role": "off",
    "svg-focusable": "off",
    "tel-non-breaking": "off",
    "unique-landmark": "off",
  },
});
const report = await checker.validateString(readFileSync(0, "utf8"));
for (const result of report.results) {
  for (const it of result.messages) {
    console.log(`${it.line}:${it.column} ${it.ruleId} ${it.message}`);
  }
}
