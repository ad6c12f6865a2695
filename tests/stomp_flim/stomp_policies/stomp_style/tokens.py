"""A budget of power as a file for STOMP: two tasks run at a time, the longest first."""

from stomp import BaseSchedulingPolicy


class SchedulingPolicy(BaseSchedulingPolicy):
    """Takes tokens from what is available; STOMP gives them back when a task ends."""

    def init(self, servers, stomp_stats, stomp_params):
        """Keep the servers, and two of the configuration's tokens."""
        self.servers = servers
        simulation = stomp_params["simulation"]
        assert "simple" == simulation["pwr_model"]
        self.total_ptoks = self.avail_ptoks = min(2, simulation["total_ptoks"])
        self.slack_perc = simulation["slack_perc"]

    def assign_task_to_server(self, sim_time, tasks, dags_dropped):
        """Start the longest task for which there is a token and a server."""
        for task in sorted(tasks, key=lambda task: -task.mean_service_time_list[0][1]):
            if dags_dropped.contains(task.dag_id):
                continue
            for server in self.servers:
                tokens = task.power_dict.get(server.type)
                if server.busy or tokens is None or tokens > self.avail_ptoks:
                    continue
                slack = task.calc_slack(sim_time, task.mean_service_time_dict[server.type])
                scale = 1.0 + max(0, slack) * self.slack_perc if slack < float("inf") else 1.0
                tasks.remove(task)
                task.ptoks_used = tokens
                self.avail_ptoks -= tokens
                server.assign_task(sim_time, task, scale)
                return server
        return None

    def remove_task_from_server(self, sim_time, server):
        """Check that the tokens are back."""
        assert 0 < self.avail_ptoks <= self.total_ptoks

    def output_final_stats(self, sim_time):
        """Check that no token is lost."""
        assert self.avail_ptoks == self.total_ptoks
