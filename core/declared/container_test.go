package declared

import (
	"io/fs"
	"strings"
	"testing"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// TestContainerID proves that the id of a container is detected with cgroup v1 and v2, and
// that nothing else is taken for the id of a container.
func TestContainerID(t *testing.T) {
	id, sandbox := strings.Repeat("0123456789abcdef", 4), strings.Repeat("f", 64)
	for name, test := range map[string]struct {
		cgroup, mounts string
		kubernetes     bool
		want           string
	}{
		"no /proc":               {},
		"Docker, v1":             {cgroup: "12:cpuset:/docker/" + id + "\n1:name=systemd:/docker/" + id + "\n", want: id},
		"Docker, v2":             {cgroup: "0::/\n", mounts: "1 2 254:1 /var/lib/docker/containers/" + id + "/resolv.conf /etc/resolv.conf rw\n3 2 254:1 /var/lib/docker/containers/" + id + "/hostname /etc/hostname rw\n", want: id},
		"Docker, host's v2":      {cgroup: "0::/system.slice/docker-" + id + ".scope\n", want: id},
		"Podman, v2":             {cgroup: "0::/\n", mounts: "1 2 0:25 /containers/storage/overlay-containers/" + id + "/userdata/hostname /etc/hostname rw\n", want: id},
		"Kubernetes, v1":         {cgroup: "5:pids:/kubepods/burstable/pod2c48913c-b29f-11e7-9350-020968147796/" + id + "\n", kubernetes: true, want: id},
		"Kubernetes, systemd":    {cgroup: "0::/kubepods.slice/kubepods-pod2c48913c_b29f_11e7_9350_020968147796.slice/cri-containerd-" + id + ".scope\n", kubernetes: true, want: id},
		"Kubernetes, v2":         {cgroup: "0::/\n", mounts: "1 2 0:25 /containers/storage/overlay-containers/" + sandbox + "/userdata/hostname /etc/hostname rw\n", kubernetes: true},
		"Fargate":                {cgroup: "9:perf_event:/ecs/" + id[:32] + "/" + id[:32] + "-1234567890\n", want: id[:32] + "-1234567890"},
		"systemd in a container": {cgroup: "0::/docker/" + sandbox + "/docker/" + id + "/system.slice/orders.service\n", want: id},
		"session of systemd":     {cgroup: "0::/user.slice/user-1000.slice/session-3.scope\n"},
		"unit of systemd":        {cgroup: "0::/system.slice/orders-feed.service\n"},
		"unit named like an id":  {cgroup: "0::/system.slice/cafe.service\n"},
		"application of GNOME":   {cgroup: "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-orders-12345.scope\n"},
		"host with containers":   {cgroup: "0::/system.slice/orders.service\n", mounts: "1 2 0:25 / /var/lib/docker/containers/" + id + "/mounts/shm rw\n"},
	} {
		t.Run(name, func(t *testing.T) {
			detector := containerDetector{
				readFile: func(name string) ([]byte, error) {
					text := map[string]string{"/proc/self/cgroup": test.cgroup, "/proc/self/mountinfo": test.mounts}[name]
					if text == "" {
						return nil, fs.ErrNotExist
					}
					return []byte(text), nil
				},
				getenv: func(string) string {
					if test.kubernetes {
						return "10.0.0.1"
					}
					return ""
				},
			}
			res, err := detector.Detect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if value, ok := res.Set().Value(semconv.ContainerIDKey); ok {
				got = value.AsString()
			}
			if got != test.want || res.Len() > 1 {
				t.Errorf("got container.id %q in %v, want %q", got, res, test.want)
			}
		})
	}
}
