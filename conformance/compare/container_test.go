//go:build linux && namespace

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/samespan/samespan/conformance"
)

// networkNamespace is a network namespace that is connected to this machine like the
// network of a container. A service in the namespace can reach this machine as host.docker.internal, but
// not at the loopback addresses.
type networkNamespace struct {
	name string
	// namespaceAddr and hostAddr are the addresses of the namespace and of this machine on
	// the network that connects them.
	namespaceAddr, hostAddr string
}

// newNetworkNamespace creates a network namespace. It needs root and the command ip of the
// package iproute2.
func newNetworkNamespace(t *testing.T) networkNamespace {
	t.Helper()
	ip, err := exec.LookPath("ip")
	if err != nil {
		t.Fatal(err)
	}
	id := os.Getpid() % 60_000
	network := fmt.Sprintf("10.%d.%d.", 200+id%50, id/50%250)
	c := networkNamespace{name: "samespan-" + strconv.Itoa(id), namespaceAddr: network + "2", hostAddr: network + "1"}
	run := func(args ...string) error {
		out, err := exec.CommandContext(t.Context(), ip, args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	if err := run("netns", "add", c.name); err != nil {
		t.Fatalf("a network namespace needs root: %v", err)
	}
	t.Cleanup(func() { _ = exec.Command(ip, "netns", "delete", c.name).Run() })
	link := "ss" + strconv.Itoa(id)
	for _, args := range [][]string{
		{"link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", c.name},
		{"address", "add", c.hostAddr + "/24", "dev", link},
		{"link", "set", link, "up"},
		{"-n", c.name, "address", "add", c.namespaceAddr + "/24", "dev", "eth0"},
		{"-n", c.name, "link", "set", "eth0", "up"},
		{"-n", c.name, "link", "set", "lo", "up"},
	} {
		if err := run(args...); err != nil {
			t.Fatal(err)
		}
	}
	// In the namespace, ip netns exec mounts this file at /etc/hosts. So the name
	// host.docker.internal is known, as with Docker's flag --add-host.
	etc := "/etc/netns/" + c.name
	t.Cleanup(func() { _ = os.RemoveAll(etc) })
	if err := os.MkdirAll(etc, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(etc, "hosts"), []byte("127.0.0.1 localhost\n"+c.hostAddr+" host.docker.internal\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDocumentedVariablesWorkInAContainer checks the documented recipe for a service in a container.
// Instead of Docker it uses a network namespace, with the variables of the recipe.
func TestDocumentedVariablesWorkInAContainer(t *testing.T) {
	c := newNetworkNamespace(t)
	receiver, err := conformance.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(receiver)
	service := exec.CommandContext(t.Context(), "ip", "netns", "exec", c.name, os.Args[0], "serve", "nethttpotel")
	service.Env = append(os.Environ(), commandVariable+"=1", "SAMESPAN_OPT_IN=active_requests,body_sizes")
	for _, variable := range documentedVariables(t) {
		service.Env = append(service.Env, strings.Replace(variable, ":4317", ":"+port, 1))
	}
	service.Stdout, service.Stderr = t.Output(), t.Output()
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = service.Process.Kill()
		_ = service.Wait()
	})
	dir := t.TempDir()
	_, stderr, status := runSamespan(t, dir, "matrix", "--url", "http://"+c.namespaceAddr+":8080", "--receiver", "0.0.0.0:"+port, "--peers", "host.docker.internal",
		"--have", "exclusion,disconnect,http2,response writer,unknown methods,method not allowed,sub-requests,background,metrics,active requests,body sizes", "-o", "result.json")
	if status != 0 {
		t.Errorf("got status %d:\n%s", status, stderr)
	}
	var reports []conformance.Report
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(dir, "result.json"))), &reports); err != nil {
		t.Fatal(err)
	}
	passed := make(map[string]bool)
	for i := range reports[0].Results {
		if result := &reports[0].Results[i]; result.Outcome == conformance.Pass {
			passed[result.Check.ID] = true
		}
	}
	for _, id := range []string{"parent/remote", "parent/downstream", "span/attributes", "exclude/children", "metric/duration", "trust/client-address"} {
		if !passed[id] {
			t.Errorf("%s does not pass in a container", id)
		}
	}
	if len(passed) < 40 {
		t.Errorf("got %d checks that pass, want at least 40", len(passed))
	}
}

// documentedVariables returns the variables that the documentation sets for a service in
// a container.
func documentedVariables(t *testing.T) (variables []string) {
	t.Helper()
	_, text, found := strings.Cut(readFile(t, "../README.md"), "docker run ")
	text, _, ended := strings.Cut(text, "```")
	if !found || !ended {
		t.Fatal("README.md does not show how to run a service in a container")
	}
	words := strings.Fields(text)
	for i, word := range words {
		if word == "-e" {
			variables = append(variables, words[i+1])
		}
	}
	if len(variables) < 7 {
		t.Fatalf("got the variables %q of the recipe, want those that CONTRACT.md lists", variables)
	}
	return variables
}
