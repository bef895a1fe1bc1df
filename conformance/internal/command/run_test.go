package command

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
)

// unstartableSubject returns a subject whose service cannot be started.
func unstartableSubject(name string) conformance.Subject {
	return conformance.Subject{
		Name:    name,
		Starter: conformance.Command("/nowhere/" + name),
	}
}

func TestRunReturnsReportsInOrder(t *testing.T) {
	subjects := []conformance.Subject{unstartableSubject("a"), unstartableSubject("b"), unstartableSubject("c")}
	var reported []string
	reports, err := checkSubjects(t.Context(), subjects, 2, func(r *conformance.Report) { reported = append(reported, r.Subject.Name) }, conformance.WithChecks("parent/root"))
	if err != nil || len(reports) != 3 || len(reported) != 3 {
		t.Fatalf("got %d reports, %d of them told, %v", len(reports), len(reported), err)
	}
	for i := range reports {
		if got := reports[i].Subject.Name; got != subjects[i].Name {
			t.Errorf("got %s at %d, want %s", got, i, subjects[i].Name)
		}
		if got := reports[i].Results[0]; got.Outcome != conformance.Error || !strings.Contains(got.Reason, "/nowhere/"+subjects[i].Name) {
			t.Errorf("got %s %q, want an error that names the program", got.Outcome, got.Reason)
		}
	}
}

func TestRunErrorNamesSubject(t *testing.T) {
	wrong := unstartableSubject("wrong")
	wrong.Has = []conformance.Capability{"htpp2"}
	_, err := checkSubjects(t.Context(), []conformance.Subject{unstartableSubject("right"), wrong}, 2, nil, conformance.WithChecks("parent/root"))
	if err == nil || !strings.Contains(err.Error(), "wrong") || strings.Contains(err.Error(), "right") {
		t.Errorf("got %v, want an error about the one subject", err)
	}
}

func TestRunStopsWhenContextIsCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := checkSubjects(ctx, []conformance.Subject{unstartableSubject("a")}, 1, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}
