package selflog

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/samespan/samespan/internal/logtest"
)

// runReporterTest runs test in a synctest bubble, in which time is fake.
func runReporterTest(t *testing.T, test func(*Reporter, *logtest.Buffer)) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		logger, logged := logtest.New()
		test(NewReporter(func() *slog.Logger { return logger }), logged)
	})
}

func TestReporterLogsEachKindOncePerMinute(t *testing.T) {
	runReporterTest(t, func(r *Reporter, logged *logtest.Buffer) {
		reportLoss := func(n uint64) { r.Report(Kind{Message: "lost", Signal: "traces"}, n, errors.New("refused")) }
		reportLoss(5)
		logged.Expect(t, 0, "count=5 signal=traces error=refused")
		reportLoss(7)
		logged.Expect(t, time.Second, "")
		reportLoss(1)
		logged.Expect(t, 58*time.Second, "")
		// Deferred reports are logged even if nothing more is lost.
		logged.Expect(t, time.Second, "count=8 signal=traces error=refused")
		reportLoss(2)
		logged.Expect(t, 30*time.Second, "")
		r.Close()
		logged.Expect(t, 0, "count=2 ")
		r.Close()
		logged.Expect(t, time.Hour, "")
		// A report after Close starts no timer: the deferred report of 4 is logged only
		// together with the next report.
		reportLoss(3)
		logged.Expect(t, 0, "count=3 ")
		reportLoss(4)
		logged.Expect(t, time.Hour, "")
		reportLoss(5)
		logged.Expect(t, 0, "count=9 ")
	})
}

func TestReporterLimitsKinds(t *testing.T) {
	runReporterTest(t, func(r *Reporter, logged *logtest.Buffer) {
		for i := range 10 * maxKinds {
			r.Handle(fmt.Errorf("error %d", i))
		}
		if lines := strings.Count(logged.String(), "opentelemetry: "); lines > maxKinds+1 {
			t.Errorf("got %d lines about as many errors, want at most %d", lines, maxKinds+1)
		}
		if len(r.kinds) > maxKinds+1 {
			t.Errorf("got %d kinds, want a bound", len(r.kinds))
		}
		logged.Expect(t, 0, `core: other telemetry errors" count=1 error="opentelemetry: error 64"`)
		logged.Expect(t, time.Minute, `count=575 error="opentelemetry: error 639"`)
		// A kind without reports for a minute is forgotten.
		logged.Expect(t, time.Minute, "")
		r.Handle(errors.New("another"))
		logged.Expect(t, 0, `msg="opentelemetry: another"`)
	})
}
