package conformance

import (
	"context"
	"fmt"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/conformance/otlptest/faultnet"
)

// backTime is how long spans may take to arrive again.
const backTime = 20 * time.Second

// recovery takes the collector away and puts another in its place, and then
// freezes the connection to a third.
func recovery(p *Probe) {
	const away = time.Second
	p.Settle()
	addr := p.instance.collector.Addr()
	if err := p.instance.collector.Close(); err != nil {
		p.cannot("%w", err)
	}
	exchanges, _ := p.together(20, 4, func(int) Request { return Get("/process/" + p.unique()) })
	p.answered(exchanges, 200)
	pause(p.ctx, away)
	p.again("a second collector in the place of the first", func() (err error) {
		p.instance.collector, err = otlptest.NewServer(otlptest.WithAddr(addr))
		return err
	})
	p.recovers("after the collector's return")
	ctx, cancel := context.WithTimeout(p.ctx, backTime)
	defer cancel()
	_ = p.instance.collector.Wait(ctx, func(s otlptest.Snapshot) bool {
		arrived := serverSpans(s)
		for i := range exchanges {
			if arrived[exchanges[i].TraceID] == 0 {
				return false
			}
		}
		return true
	})
	p.arrivedOnce(exchanges, "process_item_logic")

	// Nothing listens there until the receiver of the service is known.
	between, err := faultnet.NewProxy("127.0.0.1:1")
	if err != nil {
		p.cannot("%w", err)
	}
	p.cleanups = append(p.cleanups, func() { _ = between.Close() })
	p.with([]string{impatient, "OTEL_EXPORTER_OTLP_ENDPOINT=http://" + between.Addr()}, func() {
		between.Retarget(p.instance.collector.Addr())
		p.Settle()
		between.Freeze()
		p.recovers("after the connection to the collector went dumb")
	})
}

// recovers sends requests until the spans of one arrive; that none do in time is
// a problem.
func (p *Probe) recovers(when string) {
	ctx, cancel := context.WithTimeout(p.ctx, backTime)
	defer cancel()
	for ctx.Err() == nil {
		x := p.Send(Get("/process/" + p.unique()))
		attempt, done := context.WithTimeout(ctx, 200*time.Millisecond)
		_, err := p.instance.collector.WaitTrace(attempt, x.TraceID, 2)
		done()
		if err == nil {
			return
		}
	}
	p.Problem("spans "+when, "none", fmt.Sprintf("that they arrive within %v", backTime))
}
