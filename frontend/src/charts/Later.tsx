import { useEffect, useRef, useState, type ReactNode } from "react";
import { Boundary } from "../ui";

/** What is far below is made when somebody comes near it; until then its place is kept. */
export function Later({ title, height, isWide, children }: { title: string; height: number; isWide: boolean; children: ReactNode }) {
  const at = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (!at.current || isNear) return;
    const observer = new IntersectionObserver((entries) => { if (entries.some((each) => each.isIntersecting)) setNear(true); }, { rootMargin: "250px" });
    observer.observe(at.current);
    return () => observer.disconnect();
  }, [isNear]);
  return (
    <div ref={at} className={isWide ? "place wide" : "place"} style={isNear ? {} : { minHeight: height }} data-chart={title}>
      {isNear && <Boundary>{children}</Boundary>}
    </div>
  );
}
