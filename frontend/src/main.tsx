import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { Refused } from "./api";
import { App, fetchAhead } from "./App";
import { applyTheme } from "./theme";
import "./style.css";

applyTheme();
const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < 2 && !(error instanceof Refused && error.status >= 400 && error.status < 500),
      refetchOnWindowFocus: true,
    },
  },
});
// In a task of its own, as is whatever else can be: no page should keep still for long.
setTimeout(() => fetchAhead(client));
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <Router base={new URL(document.baseURI).pathname.replace(/\/$/, "")}>
          <App />
        </Router>
      </QueryClientProvider>
    </StrictMode>,
  );
}
