import type { Health } from '../api';
import { percent } from '../format';

// Risk from 0 (all is well) to 1 (act now); the number stands beside the bar.
export function RiskBar({ risk, health }: { risk: number | null; health: Health }) {
  const share = Math.min(1, Math.max(0, risk ?? 0));
  return (
    <span class="risk">
      <span class={risk === null ? 'risk-track none' : 'risk-track'} aria-hidden="true">
        <span class={`risk-fill health-${health}`} style={{ inlineSize: `${share * 100}%` }} />
      </span>
      <span class="risk-value num">{percent(risk)}</span>
    </span>
  );
}
