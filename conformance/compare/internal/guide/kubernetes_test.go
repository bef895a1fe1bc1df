package guide

import (
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/core"
)

// TestKubernetesManifestIsConsistent checks the Kubernetes manifest in SURROUNDINGS.md:
// its timeouts must be in the right order, and its variables must configure the
// telemetry.
func TestKubernetesManifestIsConsistent(t *testing.T) {
	shown := codeBlocks(sectionText(readDocument(t, "core/SURROUNDINGS.md"), "## Kubernetes"), "yaml")
	if len(shown) != 1 {
		t.Fatalf("got %d manifests, want one", len(shown))
	}
	manifest := shown[0].code
	number := func(expression string) int {
		t.Helper()
		match := regexp.MustCompile(expression).FindStringSubmatch(manifest)
		if match == nil {
			t.Fatalf("the manifest has no %s", expression)
		}
		n, err := strconv.Atoi(match[1])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	kill := number(`terminationGracePeriodSeconds: (\d+)`) * 1000
	grace := number(`OTEL_GO_GRACE_PERIOD\s+value: "(\d+)"`)
	drain := number(`OTEL_GO_DRAIN_DELAY\s+value: "(\d+)"`)
	probe := number(`periodSeconds: (\d+)`) * number(`failureThreshold: (\d+)`) * 1000
	if kill <= grace || grace <= drain || drain <= probe {
		t.Errorf("got SIGKILL after %d ms, a grace period of %d, a drain delay of %d and a probe that fails after %d; want each longer than the next", kill, grace, drain, probe)
	}
	if strings.Index(manifest, "name: NODE_IP") > strings.Index(manifest, "$(NODE_IP)") {
		t.Error("NODE_IP is used before it is there, which Kubernetes leaves as it is")
	}
	for _, match := range regexp.MustCompile(`name: (OTEL_\w+)\s+value: "?([^"\n]+)`).FindAllStringSubmatch(manifest, -1) {
		t.Setenv(match[1], strings.ReplaceAll(match[2], "$(NODE_IP)", "192.0.2.1"))
	}
	tel, err := core.Setup(t.Context(), core.WithoutGlobals(), core.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"192.0.2.1:4317", "grace period 40s, drain delay 10s", "healthz"} {
		if !strings.Contains(tel.String(), want) {
			t.Errorf("got no %q in the effective configuration:\n%s", want, tel)
		}
	}
	shutdownNow(t, tel)
}

// TestDefaultsFitKubernetes checks that a service with default settings ends well within
// Kubernetes' default grace period of 30 s, as SURROUNDINGS.md says.
func TestDefaultsFitKubernetes(t *testing.T) {
	const kubernetes = 30 * time.Second
	for _, variable := range []string{"OTEL_GO_GRACE_PERIOD", "OTEL_GO_DRAIN_DELAY"} {
		t.Setenv(variable, "")
	}
	tel, err := core.Setup(t.Context(), core.WithoutGlobals(), core.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	defer shutdownNow(t, tel)
	match := regexp.MustCompile(`\bgrace period (\w+), drain delay (\w+)`).FindStringSubmatch(tel.String())
	if match == nil {
		t.Fatalf("got no times in the effective configuration:\n%s", tel)
	}
	grace, err := time.ParseDuration(match[1])
	if err != nil {
		t.Fatal(err)
	}
	drain, err := time.ParseDuration(match[2])
	if err != nil {
		t.Fatal(err)
	}
	if grace+time.Second > kubernetes || drain != 0 {
		t.Errorf("got a grace period of %v and a drain delay of %v, want a second less than %v and none", grace, drain, kubernetes)
	}
	page := sectionText(readDocument(t, "core/SURROUNDINGS.md"), "## Kubernetes")
	if want := fmt.Sprintf("the grace period of %.0f s is less than Kubernetes' default of %.0f s", grace.Seconds(), kubernetes.Seconds()); !strings.Contains(page, want) {
		t.Errorf("the page does not say %q", want)
	}
}
