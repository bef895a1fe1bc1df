package core

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// reportTest is a reporter whose log is looked at step by step, in a bubble
// where time is a fake.
type reportTest struct {
	*testing.T
	*reporter
	logged *logBuffer
	read   int
}

func testReporter(t *testing.T, test func(*reportTest)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		logger, logged := newLog()
		test(&reportTest{T: t, reporter: &reporter{logger: func() *slog.Logger { return logger }}, logged: logged})
	})
}

// expect waits and looks for want, and for nothing where want is empty, in
// what was logged since the last look.
func (r *reportTest) expect(after time.Duration, want string) {
	r.Helper()
	<-time.After(after) // of the bubble
	synctest.Wait()
	added := r.logged.String()[r.read:]
	r.read += len(added)
	if want == "" && added != "" || !strings.Contains(added, want) {
		r.Errorf("got %q, want %q", added, want)
	}
}

func TestReporter(t *testing.T) {
	testReporter(t, func(r *reportTest) {
		lose := func(n uint64) { r.report(reportKind{message: "lost", signal: "traces"}, n, errors.New("refused")) }
		lose(5)
		r.expect(0, "count=5 signal=traces error=refused")
		lose(7)
		r.expect(time.Second, "")
		lose(1)
		r.expect(58*time.Second, "")
		// The rest is told although nothing more is lost.
		r.expect(time.Second, "count=8 signal=traces error=refused")
		lose(2)
		r.expect(30*time.Second, "")
		r.close()
		r.expect(0, "count=2 ")
		r.close()
		r.expect(time.Hour, "")
		// What comes after the end is told, but starts no timer.
		lose(3)
		r.expect(0, "count=3 ")
		lose(4)
		r.expect(time.Hour, "")
		lose(5)
		r.expect(0, "count=9 ")
	})
}

func TestReporterBound(t *testing.T) {
	testReporter(t, func(r *reportTest) {
		for i := range 10 * maxReports {
			r.Handle(fmt.Errorf("error %d", i))
		}
		if lines := strings.Count(r.logged.String(), "opentelemetry: "); lines > maxReports+1 {
			t.Errorf("got %d lines about as many errors, want at most %d", lines, maxReports+1)
		}
		if len(r.kinds) > maxReports+1 {
			t.Errorf("got %d kinds, want a bound", len(r.kinds))
		}
		r.expect(0, `core: other trouble with telemetry" count=1 error="opentelemetry: error 64"`)
		r.expect(time.Minute, `count=575 error="opentelemetry: error 639"`)
		// What has been quiet for long makes room.
		r.expect(time.Minute, "")
		r.Handle(errors.New("another"))
		r.expect(0, `msg="opentelemetry: another"`)
	})
}
