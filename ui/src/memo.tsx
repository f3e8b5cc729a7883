import { Component } from 'preact';
import type { ComponentType } from 'preact';

// A component that is drawn again only when one of its properties is another object.
export function memo<P extends object>(Inner: ComponentType<P>): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const now = this.props as Record<string, unknown>;
      const then = next as Record<string, unknown>;
      const keys = new Set([...Object.keys(now), ...Object.keys(then)]);
      return [...keys].some((key) => now[key] !== then[key]);
    }

    override render() {
      return <Inner {...(this.props as P)} />;
    }
  };
}
