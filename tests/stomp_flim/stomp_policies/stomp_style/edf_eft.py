"""STOMP's edf_eft as a file: due dates first, each task where it finishes first."""

from stomp import BaseSchedulingPolicy

WINDOW = 10


class SchedulingPolicy(BaseSchedulingPolicy):
    """Sorts the whole queue; tasks of the window that wait reserve their servers."""

    def init(self, servers, stomp_stats, stomp_params):
        """Keep the servers and what is reserved on each."""
        self.servers = servers
        self.reserved = [0] * len(servers)

    def assign_task_to_server(self, sim_time, tasks, dags_dropped, stomp_obj):
        """Start the first task of the window whose best server is free."""
        tasks.sort(key=lambda task: task.dtime)
        reserved = [0] * len(self.servers)
        for task in tasks[:WINDOW]:
            best, earliest = None, float("inf")
            for index, server in enumerate(self.servers):
                time = task.mean_service_time_dict.get(server.type)
                if time is None:
                    continue
                if server.busy:
                    time += server.curr_job_end_time - sim_time + reserved[index]
                if time < earliest:
                    best, earliest = index, time
            server = self.servers[best]
            if not server.busy:
                tasks.remove(task)
                task.ptoks_used = 1
                server.assign_task(sim_time, task)
                return server
            reserved[best] += task.mean_service_time_dict[server.type]
        return None

    def remove_task_from_server(self, sim_time, server):
        """Do nothing."""

    def output_final_stats(self, sim_time):
        """Do nothing."""
