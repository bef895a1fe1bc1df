package core

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestReporter(t *testing.T) {
	logger, logged := newLog()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := &reporter{logger: func() *slog.Logger { return logger }, now: func() time.Time { return now }}
	kind := reportKind{message: "lost", signal: "traces"}
	last := ""
	step := func(after time.Duration, n uint64, want string) {
		t.Helper()
		now = now.Add(after)
		r.report(kind, n, errors.New("refused"))
		added := strings.TrimPrefix(logged.String(), last)
		last = logged.String()
		if want == "" && added != "" || !strings.Contains(added, want) {
			t.Errorf("got %q, want %q", added, want)
		}
	}
	step(0, 5, "count=5 signal=traces error=refused")
	step(time.Second, 7, "")
	step(58*time.Second, 1, "")
	step(time.Second, 2, "count=10 ")
	step(30*time.Second, 3, "")
	r.flush()
	step(29*time.Second, 4, "count=3 ")
	r.flush()
	if !strings.Contains(logged.String(), "count=4 ") {
		t.Errorf("got no last count:\n%s", logged)
	}
	r.flush()

	for i := range 10 * maxReports {
		r.Handle(fmt.Errorf("error %d", i))
	}
	if lines := strings.Count(logged.String(), "opentelemetry: "); lines > maxReports {
		t.Errorf("got %d lines about as many errors, want at most %d", lines, maxReports)
	}
	if len(r.kinds) > maxReports+1 {
		t.Errorf("got %d kinds, want a bound", len(r.kinds))
	}
}
