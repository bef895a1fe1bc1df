package flush

import (
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/service"
	"github.com/samespan/samespan/conformance/internal/service/servicetest"
	"github.com/samespan/samespan/conformance/otlptest"
)

// TestRecoveryIsSeenIfSpansArriveLate checks that a service passes if its spans arrive, but
// each after the next request, as on a busy machine.
func TestRecoveryIsSeenIfSpansArriveLate(t *testing.T) {
	i, err := service.Start(t.Context(), service.InProcess(servicetest.Late), "late", "", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Kill)
	i.Collector.SetResponse(otlptest.Slow(time.Second))
	p := probe.New(t.Context(), &probe.Declared{}, probe.Services{Own: func() (*service.Instance, error) { return i, nil }})
	found := p.Judge(func(p *probe.Probe) { awaitRecovery(p, "that arrive late") })
	if len(found.Problems) > 0 || found.Err != nil {
		t.Errorf("got the problems %v and the error %v, want none", found.Problems, found.Err)
	}
}
