/** The six lines that make the pages show something. */
export const workflowSample = `import { workflow } from "morning-ai/workflow";

export const fulfil = workflow("fulfil", { input: Order }, async (ctx, order) => {
  await ctx.step("reserve", ({ stock }) => stock.reserve(order));
  const { approved } = await ctx.waitForCallback("approval", ask);
  if (approved) await ctx.step("ship", ({ parcels }) => parcels.send(order));
});`;
