import { workflow } from "morning-ai/workflow";
import { paymentsService } from "./payments.ts";
import { refundAsked } from "./messages.ts";
import { NewRefund } from "./schemas.ts";

/** Refunds over this need somebody's approval. */
export const approvedUpToPence = 50_00;

/** How long somebody has to approve, milliseconds; then the refund is refused. */
const approveWithinMs = 3 * 86_400_000;

/** What whoever approves says. */
interface Verdict {
  readonly approved: boolean;
  readonly comment?: string;
}

/** Money for a customer's trouble: small sums at once, others when somebody has approved them. */
export const refund = workflow(
  "refund",
  {
    description: "Goodwill refunds; over 50 pounds somebody approves them",
    uses: { payments: paymentsService.client() },
    input: NewRefund,
    on: { event: refundAsked, id: ({ id }: { readonly id: string }) => id },
  },
  async (ctx, { id, customerId, pence, reason }) => {
    const about = customerId === undefined ? {} : { customerId };
    await ctx.attributes({ refund: id, pence, ...about });
    if (pence > approvedUpToPence) {
      // Nobody is told: it stands in the console's list of what waits for an answer.
      const verdict = await ctx.waitForCallback<Verdict>(
        `refund of ${(pence / 100).toFixed(2)} pounds: ${reason}`,
        () => {},
        { timeoutMs: approveWithinMs, about: { pounds: pence / 100, reason, ...about } },
      );
      if (!verdict.approved) return { refunded: false, comment: verdict.comment ?? "" };
    }
    await ctx.invoke("refund", async ({ payments }, { key }) => {
      const body = { ...about, id, pence, reason };
      await payments.post("/refunds", { body }, { idempotencyKey: key });
    });
    return { refunded: true, comment: "" };
  },
);
