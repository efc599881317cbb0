import { randomUUID } from "node:crypto";
import { created, get, handle, ok, post, service } from "morning-ai";
import { table } from "morning-ai/state/table";
import { z } from "zod";
import {
  invoiceEmail,
  paymentSucceeded,
  receiptEmail,
  userRegistered,
  welcomeEmail,
} from "./messages.ts";
import { signUps } from "./metrics.ts";
import { conflict, notFound } from "./problems.ts";
import { housekeeping, sweep } from "./retention.ts";
import { Customer, NewCustomer } from "./schemas.ts";

export const customers = table("customers", {
  description: "Who has registered",
  row: Customer,
  key: "id",
  indexes: { byRegistration: ["registeredAtMs"] },
});

export const Mail = z.strictObject({
  /** The same over every delivery of its job, so that a mail is here once. */
  id: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  atMs: z.int(),
});

/** Mails end here until the platform sends them. */
export const mailbox = table("mailbox", {
  description: "Captured mails",
  row: Mail,
  key: "id",
  indexes: { byTo: ["to", "atMs"], byTime: ["atMs"] },
});

/** What a mail about an invoice says. */
function invoiceText(
  about: "invoice" | "reminder" | "cancelled",
  orderId: string,
  pence: number,
): { readonly subject: string; readonly text: string } {
  const sum = `£${(pence / 100).toFixed(2)}`;
  if (about === "cancelled") {
    return { subject: `Order ${orderId} is cancelled`, text: "We have put the goods back." };
  }
  const isFirst = about === "invoice";
  const subject = `${isFirst ? "Invoice" : "Reminder"} for order ${orderId}`;
  return { subject, text: `Please pay ${sum} for order ${orderId}.` };
}

const usersHousekeeping = housekeeping("users");

/** Customers: registration, their mails, and the receipts that follow a payment. */
export const users = service("users", {
  description: "Customers and what is written to them",
  uses: {
    customers: customers.readWriter(),
    mailbox: mailbox.readWriter(),
    welcome: welcomeEmail.sender(),
    welcomes: welcomeEmail.consumer(),
    receipt: receiptEmail.sender(),
    receipts: receiptEmail.consumer(),
    invoices: invoiceEmail.consumer(),
    registered: userRegistered.publisher(),
    signUps: signUps.recorder(),
    paid: paymentSucceeded.subscriber(),
    minutely: usersHousekeeping.trigger(),
  },
  routes: (held) => {
    const again = async (id: string, email: string) => {
      const known = await held.customers.get(id);
      if (known === undefined) return undefined;
      if (known.email === email) return ok(known);
      throw conflict(`customer ${id} is registered with another address`);
    };
    return [
      post(
        "/customers",
        { body: NewCustomer, status: 201, summary: "Register a customer" },
        async ({ body, transact, idempotencyKey }) => {
          const id = body.id ?? idempotencyKey ?? randomUUID();
          const before = await again(id, body.email);
          if (before !== undefined) return before;
          const customer = { ...body, id, registeredAtMs: Date.now() };
          try {
            await transact((tx) => {
              const { country, locale } = body;
              tx(held.customers).insert(customer);
              tx(held.registered).publish({ customerId: id, country, locale });
              tx(held.signUps).add(1, { country });
              tx(held.welcome).send({ customerId: id, to: body.email });
            });
          } catch (error) {
            // Two of the same at once: the other one was first.
            const other = await again(id, body.email);
            if (other !== undefined) return other;
            throw error;
          }
          return created(customer);
        },
      ),
      get("/customers/:id", { summary: "Read a customer" }, async ({ params }) => {
        const customer = await held.customers.get(params.id);
        if (customer === undefined) throw notFound(`there is no customer ${params.id}`);
        return customer;
      }),
      get(
        "/customers/:id/mails",
        { summary: "List the mails to a customer" },
        async ({ params }) => {
          const customer = await held.customers.get(params.id);
          if (customer === undefined) throw notFound(`there is no customer ${params.id}`);
          const { rows } = await held.mailbox.list({
            index: "byTo",
            where: { to: customer.email },
          });
          return { mails: rows };
        },
      ),
    ];
  },
  handlers: (held) => [
    handle(held.welcomes, {}, async ({ customerId, to }, { once }) => {
      await once(`welcome/${customerId}`, (tx) =>
        tx(held.mailbox).insert({
          id: `welcome/${customerId}`,
          to,
          subject: "Welcome",
          text: `Welcome! Your customer number is ${customerId}.`,
          atMs: Date.now(),
        }),
      );
    }),
    handle(held.paid, {}, async ({ orderId, customerId, pence }) => {
      // Sent twice, it is written once: the receipt's key is the order.
      if (customerId !== undefined) await held.receipt.send({ orderId, customerId, pence });
    }),
    handle(held.receipts, {}, async ({ orderId, customerId, pence }, { once }) => {
      const customer = await held.customers.get(customerId);
      // Swept away since: there is nobody left to write to.
      if (customer === undefined) return;
      await once(`receipt/${orderId}`, (tx) =>
        tx(held.mailbox).insert({
          id: `receipt/${orderId}`,
          to: customer.email,
          subject: `Receipt for order ${orderId}`,
          text: `We have received £${(pence / 100).toFixed(2)}. Thank you.`,
          atMs: Date.now(),
        }),
      );
    }),
    handle(held.invoices, {}, async ({ orderId, customerId, pence, about }, { once }) => {
      const customer = await held.customers.get(customerId);
      if (customer === undefined) return;
      const id = `${about}/${orderId}`;
      await once(id, (tx) =>
        tx(held.mailbox).insert({
          id,
          to: customer.email,
          ...invoiceText(about, orderId, pence),
          atMs: Date.now(),
        }),
      );
    }),
    handle(held.minutely, {}, async () => {
      await sweep(held.mailbox, (mail) => mail.id, Date.now());
    }),
  ],
});
