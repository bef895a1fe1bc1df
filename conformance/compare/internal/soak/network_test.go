package soak

import (
	"testing"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// TestNetworkFaults checks, over every transport, that spans survive each fault of the
// network, or are counted as lost if they cannot be delivered.
func TestNetworkFaults(t *testing.T) {
	for i, tr := range transports {
		name := subject.Chain[i%len(subject.Chain)].Name
		for _, fault := range networkFaults(tr) {
			t.Run(tr.String()+" "+fault.name+" under "+name, func(t *testing.T) {
				t.Parallel()
				// An export has time for two attempts, even if one of them gets no
				// response.
				s := newUnstartedService(t, name, "OTEL_BSP_SCHEDULE_DELAY=100", "OTEL_METRIC_EXPORT_INTERVAL=600000", "OTEL_GO_SHUTDOWN_TIMEOUT=8000",
					"OTEL_EXPORTER_OTLP_TIMEOUT=500")
				if err := s.addNetwork(tr); err != nil {
					t.Fatal(err)
				}
				n := s.network
				if err := s.start(t.Context()); err != nil {
					t.Fatal(err)
				}
				c := &client{addr: s.addr}
				defer c.close()
				sendUntilSpanArrives(t, s, c)
				for range 2 {
					if err := n.injectFault(fault, func() {
						sendBurst(t, s, c)
						if fault.losesSpans {
							s.sendTraced(t.Context(), c, newFlushRequest(s.name))
						}
					}); err != nil {
						t.Fatal(err)
					}
					sendUntilSpanArrives(t, s, c)
				}
				c.close()
				if err := s.stop(); err != nil {
					t.Fatal(err)
				}
				if err := s.closeCollectorAndNetwork(); err != nil {
					t.Error(err)
				}
				a := finalAccount(s)
				for _, complaint := range a.Complaints {
					t.Error(complaint)
				}
				if lost := a.Spans.Failed + a.Spans.Dropped; fault.losesSpans != (lost > 0) || a.Spans.Exported == 0 || a.Unaccounted > 0 {
					t.Errorf("got %+v, want some lost: %t", a.Spans, fault.losesSpans)
				}
			})
		}
	}
}

// TestFollowedRedirectIsReported proves that the soak detects an export to the
// target of a redirect.
func TestFollowedRedirectIsReported(t *testing.T) {
	s := newUnstartedService(t, "ginotel")
	if err := s.addNetwork(transports[0]); err != nil {
		t.Fatal(err)
	}
	if problem := s.network.describeMisdirectedExports(); problem != "" {
		t.Errorf("got %q before any request", problem)
	}
	c := &client{addr: s.network.redirectTarget.Addr()}
	defer c.close()
	request, err := newFlushRequest("ginotel").newHTTPRequest(c.addr, newTrace())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.do(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if err := s.closeCollectorAndNetwork(); err != nil {
		t.Error(err)
	}
	if a := finalAccount(s); len(a.Complaints) != 1 {
		t.Errorf("got %q, want a complaint of the redirection", a.Complaints)
	}
}
