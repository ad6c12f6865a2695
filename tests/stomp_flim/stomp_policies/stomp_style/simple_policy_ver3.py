"""Simple policy 3 as a file for STOMP: the head of the queue goes where it finishes first."""

from stomp import BaseSchedulingPolicy


class SchedulingPolicy(BaseSchedulingPolicy):
    """Counts the remaining time of busy servers, and blocks."""

    def init(self, servers, stomp_stats, stomp_params):
        """Keep the servers."""
        self.servers = servers

    def assign_task_to_server(self, sim_time, tasks):
        """Give the head of the queue to the server where it finishes first, if that is free."""
        if len(tasks) == 0:
            return None
        finish = []
        for server in self.servers:
            if server.type in tasks[0].mean_service_time_dict:
                remaining = server.curr_job_end_time - sim_time if server.busy else 0
                finish.append(remaining + tasks[0].mean_service_time_dict[server.type])
            else:
                finish.append(float("inf"))
        server = self.servers[finish.index(min(finish))]
        if server.busy:
            return None
        server.assign_task(sim_time, tasks.pop(0))
        return server

    def remove_task_from_server(self, sim_time, server):
        """Do nothing."""

    def output_final_stats(self, sim_time):
        """Do nothing."""
