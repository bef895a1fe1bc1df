package soak

import (
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// runSoak runs a short soak of the named services. It returns the result and the log, to
// which it appends the printed result if the soak has found errors.
func runSoak(t *testing.T, names ...string) (*Result, string) {
	t.Helper()
	command, err := Command()
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	result, err := Run(t.Context(), Config{Command: command, Subjects: names, Time: 4 * time.Second, Rate: 30, Seed: 11, Log: &log})
	if err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	if result.OK() {
		return result, log.String()
	}
	var text strings.Builder
	if _, err := result.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	return result, log.String() + text.String()
}

func TestRunAccountsForEverySpan(t *testing.T) {
	var names []string
	for _, s := range subject.Chain {
		names = append(names, s.Name)
	}
	result, text := runSoak(t, names...)
	if !result.OK() {
		t.Errorf("the soak test found errors:\n%s", text)
	}
	for _, s := range result.Services {
		if s.Answered == 0 || s.Arrived == 0 || s.Growth.last.Goroutines == 0 {
			t.Errorf("got %+v, want requests, spans and a measurement", s)
		}
	}
	if !strings.Contains(text, "SIGTERM") || !strings.Contains(text, "works again") {
		t.Errorf("got\n%s\nwant restarts and faults", text)
	}
}

// TestRunFindsUninstrumentedRequests proves that the soak detects a service that does not
// instrument some requests. These requests have no server spans, and their child spans
// are root spans.
func TestRunFindsUninstrumentedRequests(t *testing.T) {
	result, text := runSoak(t, bypassingService, "ginotel")
	serviceByName := make(map[string]Service)
	for _, s := range result.Services {
		serviceByName[s.Name] = s
	}
	if s := serviceByName[bypassingService]; s.Unaccounted == 0 || len(s.Complaints) == 0 {
		t.Errorf("the soak finds nothing in a service that loses spans:\n%s", text)
	}
	if !strings.Contains(text, "fewer than the") {
		t.Errorf("got\n%s\nwant it to say that spans which are due never ended", text)
	}
}

func TestRunRejectsInvalidConfig(t *testing.T) {
	for _, test := range []struct {
		config Config
		want   string
	}{
		{Config{Subjects: []string{"ginotel"}, Time: time.Second, Rate: 1}, "at least 2"},
		{Config{Subjects: []string{"ginotel", "echootel"}, Time: time.Second}, "0 requests a second"},
		{Config{Subjects: []string{"ginotel", "echootel"}, Rate: 1}, "a duration above 0"},
		{Config{Command: []string{"/nowhere/program"}, Subjects: []string{"ginotel", "echootel"}, Rate: 1, Time: time.Second}, "/nowhere/program"},
	} {
		if _, err := Run(t.Context(), test.config); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want an error that says %q", test.config, err, test.want)
		}
	}
}
