// npm run lock: resolve package.json anew and leave no address of anybody in the lock file.
import { execSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

execSync("npm install --package-lock-only --loglevel=error", { stdio: "inherit" });
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
for (const part of Object.values(lock.packages)) delete part.funding;
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
